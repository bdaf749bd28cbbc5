// The part of the JSON schema of SARIF 2.1.0 that leakline's output uses, written down from the standard (OASIS SARIF 2.1.0,
// sections 3.13 to 3.58): names, types, required properties and enumerations are its own; properties that leakline does
// not write are left out, so that writing one fails here until its definition is added. The output was also validated
// against the complete schema of the standard by hand.

const closed = (properties: Record<string, unknown>, required: readonly string[] = []) => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
});
const text = { type: 'string' };
const count = { type: 'integer', minimum: 1 };
const list = (items: unknown) => ({ type: 'array', items });

const message = closed({ text }, ['text']);
const region = closed({ startLine: count, startColumn: count, endLine: count, endColumn: count });
const artifactLocation = closed({ uri: { type: 'string', pattern: '^[^ ]+$' }, uriBaseId: text });
const location = closed({
  id: { type: 'integer', minimum: -1 },
  message,
  physicalLocation: closed({ artifactLocation, region }),
  logicalLocations: list(closed({ fullyQualifiedName: text, kind: text })),
});
const level = { enum: ['none', 'note', 'warning', 'error'] };
const result = closed(
  {
    ruleId: text,
    ruleIndex: { type: 'integer', minimum: -1 },
    level,
    message,
    locations: list(location),
    relatedLocations: list(location),
    partialFingerprints: { type: 'object', additionalProperties: text },
    suppressions: list(
      closed(
        {
          kind: { enum: ['inSource', 'external'] },
          status: { enum: ['accepted', 'underReview', 'rejected'] },
          justification: text,
        },
        ['kind'],
      ),
    ),
    properties: { type: 'object' },
  },
  ['message'],
);
const rule = closed(
  {
    id: text,
    shortDescription: message,
    fullDescription: message,
    help: message,
    helpUri: { type: 'string', pattern: '^https?://' },
    defaultConfiguration: closed({ level }),
  },
  ['id'],
);
const notification = closed({ level, message, locations: list(location) }, ['message']);
const run = closed(
  {
    tool: closed({ driver: closed({ name: text, version: text, rules: list(rule) }, ['name']) }, ['driver']),
    columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] },
    results: list(result),
    invocations: list(
      closed({ executionSuccessful: { type: 'boolean' }, toolExecutionNotifications: list(notification) }, [
        'executionSuccessful',
      ]),
    ),
  },
  ['tool'],
);

export const sarifSubset = closed({ $schema: text, version: { const: '2.1.0' }, runs: list(run) }, ['version', 'runs']);
