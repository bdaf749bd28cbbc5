// Errors that a user can cause and read. Everything else that is thrown is a bug and keeps its stack.
// The message states the fact and names the thing; `advice` says what to try next; `code` is stable and can be searched for.

/** An expected failure: the CLI prints message and advice and exits with 2. */
export class KnownError extends Error {
  readonly code: string;
  readonly advice: string | undefined;
  constructor(code: string, message: string, options: { advice?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'KnownError';
    this.code = code;
    this.advice = options.advice;
  }
}

/** The command line does not say something that can be done. */
export class UsageError extends KnownError {
  constructor(message: string, advice?: string) {
    super('E-USAGE', message, advice === undefined ? {} : { advice });
    this.name = 'UsageError';
  }
}

/** Bytes that are not what their format promises. `offset` counts bytes of the decompressed input. */
export class DecodeError extends KnownError {
  readonly format: string;
  readonly offset: number;
  readonly expected: string;
  constructor(format: string, offset: number, expected: string, options: { advice?: string; cause?: unknown } = {}) {
    super('E-DECODE', `${format}: expected ${expected} at byte ${offset}`, options);
    this.name = 'DecodeError';
    this.format = format;
    this.offset = offset;
    this.expected = expected;
  }
}

/** A program or an artefact that could not be read. */
export class CaptureError extends KnownError {
  constructor(code: string, message: string, options: { advice?: string; cause?: unknown } = {}) {
    super(code, message, options);
    this.name = 'CaptureError';
  }
}
