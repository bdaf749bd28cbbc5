// Types of values in memory, as the walk uses them: for each word, what it refers to. Rows are made when they are first
// needed, from the runtime's own types or from debug information; both give the same rows.
//
//   type Session struct { id int; name string; next *Session; owner any }      row 7
//   word:     0        1              2        3          4        5
//   target:   scalar   many(string)   scalar   one(7)     scalar   ifaceData
//
// The first word of a slice or a string is the pointer, so `many` stands there; length and capacity are scalars. The type
// word of an interface is a scalar, because it never leads to an object that a program made; its data word is the target.

/** A word that is no pointer. */
export const scalar = -1;
/** A pointer to something that its type does not tell: unsafe.Pointer, or a type that cannot be read. */
export const untyped = -2;
/** The data word of `any`: the word in front of it is the address of the runtime type. */
export const efaceData = -3;
/** The data word of an interface with methods: the word in front of it is an itab; its type is the word at +8 of that. */
export const ifaceData = -4;
/** A func value: points to a closure, whose first word is the address of code. */
export const closure = -5;
/**
 * The directory of a swiss map. The word behind it (dirLen) says what it is: 0: one group, else an array of so many
 * pointers to tables. The rows are `mapParts` of the row that has this word.
 */
export const mapDirectory = -6;

/** The object of a time.Timer or time.Ticker with what the runtime keeps in it, from Go 1.23 on. No type of its own. */
export const timerObject = -7;

/** One value of the type in `row`. */
export const one = (row: number): number => row * 2;
/** An array of unknown length: what a slice, a string or the groups of a map point to. */
export const many = (row: number): number => row * 2 + 1;
export const rowOf = (target: number): number => target >> 1;
export const isMany = (target: number): boolean => (target & 1) === 1;

export interface TypeTable {
  /** Rows so far. */
  length(): number;
  /** Go's own name: `main.Session`, `*main.Session`, `map[string]int`, `[]uint8`, `func main.handle.func1`. */
  name(row: number): string;
  /** Of one value; 0 when it is not known. */
  sizeBytes(row: number): number;
  /** One entry a word of a value; shorter when the rest are scalars. The same array each time. */
  targets(row: number): Int32Array;
  /** `.next`, `.inner.list`, `[3].name`: the field that holds a byte of a value; '' when it is not known. */
  fieldAt(row: number, byteOffset: number): string;
  /** Rows of a swiss map's parts, for a row with a `mapDirectory` word: a group, and a pointer to a table. */
  mapParts(row: number): { readonly group: number; readonly tablePointer: number } | undefined;
  /** Row of the runtime type (_type) at an address in memory; -1 when there is no sane one. */
  rowOfRuntimeType(address: number): number;
  /**
   * What the data word of an interface refers to whose runtime type is at this address: the value (`one`), or, for types
   * that stand in the word themselves (pointers, maps, channels, functions), what their own first word refers to.
   */
  targetInInterface(address: number): number;
  /** Row of the closure object of the function that has its code at `pc`: the captured variables, when they are known. */
  rowOfClosure(pc: number): number;
  /** Row of the type that debug information has under this name; -1 when there is none. */
  rowNamed(name: string): number;
}
