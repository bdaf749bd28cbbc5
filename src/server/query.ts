// Values of a request's query, checked. Throws BadQuery, which the server answers with 400.
import { KnownError } from '../base/errors.ts';

export class BadQuery extends KnownError {
  constructor(message: string) {
    super('E-QUERY', message);
    this.name = 'BadQuery';
  }
}

export interface Query {
  /** undefined when it is not there. */
  readonly text: (name: string) => string | undefined;
  /** Any finite number, or undefined. */
  readonly number: (name: string) => number | undefined;
  /** A whole number from 0 to `most`; what is larger is `most`. */
  readonly count: (name: string, otherwise: number, most: number) => number;
  readonly oneOf: <T extends string>(name: string, allowed: readonly T[]) => T;
}

const longestText = 2000;

export function queryOf(parameters: URLSearchParams): Query {
  const text = (name: string): string | undefined => {
    const value = parameters.get(name);
    if (value === null || value === '') return undefined;
    if (value.length > longestText) throw new BadQuery(`${name} is too long`);
    return value;
  };
  const number = (name: string): number | undefined => {
    const value = text(name);
    if (value === undefined) return undefined;
    const parsed = Number(value);
    if (!Number.isFinite(parsed)) throw new BadQuery(`${name} is not a number`);
    return parsed;
  };
  return {
    text,
    number,
    count(name, otherwise, most) {
      const value = number(name) ?? otherwise;
      if (!Number.isInteger(value) || value < 0) throw new BadQuery(`${name} is not a whole number`);
      return Math.min(value, most);
    },
    oneOf(name, allowed) {
      const value = text(name) ?? allowed[0];
      const found = allowed.find((one) => one === value);
      if (found === undefined) throw new BadQuery(`${name} is not one of ${allowed.join(', ')}`);
      return found;
    },
  };
}
