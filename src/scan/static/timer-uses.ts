// Whether anything stops a timer or ticker that a call makes, through a variable or a field of the package.
import { part, type Syntax, textOf } from '../syntax.ts';
import { fateOfVariable } from './fate-of-variable.ts';
import type { PackageFacts } from './package-facts.ts';

const stops = /^(Stop|Reset)$/;

/** True when it is stopped somewhere, or goes where this package cannot see. */
export function timerIsStopped(facts: PackageFacts, call: Syntax): boolean {
  const parent = call.parent;
  if (parent?.kind === 'expression_statement') return false;
  if (parent?.kind === 'expression_list' && parent.field === 'right' && parent.parent !== undefined) {
    const target = part(parent.parent, 'left')?.children[parent.children.indexOf(call)];
    return target === undefined || targetIsStopped(facts, target);
  }
  // `subscriber{pulse: time.NewTicker(d)}`
  const element = parent?.kind === 'literal_element' ? parent.parent : undefined;
  const key = element?.kind === 'keyed_element' ? element.children[0] : undefined;
  const literal = element?.parent?.parent;
  const type = literal?.kind === 'composite_literal' ? part(literal, 'type') : undefined;
  if (key === undefined || type === undefined) return true;
  return fieldIsStopped(facts, textOf(key), textOf(type));
}

function targetIsStopped(facts: PackageFacts, target: Syntax): boolean {
  if (target.kind === 'identifier') {
    if (textOf(target) === '_') return false;
    const binding = facts.program.bindingOf(facts.program.fileOf(target), target);
    if (binding === undefined || binding.kind === 'package') return true;
    const { releases, handedOn } = fateOfVariable(facts.program, binding, { kind: 'timer', result: 0, release: stops });
    return releases.length > 0 || handedOn.length > 0;
  }
  if (target.kind !== 'selector_expression') return true;
  const place = facts.places.placeOf(target);
  if (place?.kind !== 'field' || /^[A-Z]/.test(place.field)) return true;
  return facts.places.usesOf(place).some((use) => isStopOrUnknown(use));
}

/** By the name of the field alone: any `.pulse.Stop` in the package, or a use that hands it on, counts. */
function fieldIsStopped(facts: PackageFacts, field: string, type: string): boolean {
  if (/^[A-Z]/.test(field) || !facts.package.types.has(type)) return true;
  return facts.package.files.some((file) =>
    new RegExp(`\\.${field}\\b(\\.(Stop|Reset)\\b|\\s*[,)}])`).test(file.root.source),
  );
}

function isStopOrUnknown(use: Syntax): boolean {
  const parent = use.parent;
  if (parent?.kind === 'selector_expression') return stops.test(textOf(part(parent, 'field') ?? parent));
  if (parent?.kind === 'binary_expression') return false;
  return !(parent?.kind === 'expression_list' && parent.field === 'left');
}
