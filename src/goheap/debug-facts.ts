// Debug information as the makers of layouts and the locator ask it.
import { attribute, tag } from '../decode/dwarf/constants.ts';
import { type DebugInfo, entryAt, offsetsByName } from '../decode/dwarf/debug-info.ts';
import { constantOf } from '../decode/dwarf/read-entry.ts';
import { debugTypeAt } from '../decode/dwarf/types.ts';
import { type GlobalVariables, readGlobals } from '../decode/dwarf/variables.ts';
import type { NamedAddresses } from './locate-runtime.ts';
import type { DebugFacts, DebugStruct } from './make-layout.ts';

const mostNested = 8;

export function factsOfDebugInfo(info: DebugInfo): DebugFacts {
  const types = offsetsByName(
    info,
    info.index.types.filter((offset) => entryAt(info, offset)?.tag === tag.structure),
  );
  const constants = offsetsByName(info, info.index.constants);
  return {
    struct(name) {
      const offset = types.get(name);
      return offset === undefined ? undefined : structOf(info, offset);
    },
    constant(name) {
      const offset = constants.get(name);
      const value = offset === undefined ? undefined : entryAt(info, offset)?.values.get(attribute.constValue);
      return value === undefined ? undefined : constantOf(value);
    },
  };
}

function structOf(info: DebugInfo, offset: number): DebugStruct {
  return {
    sizeBytes: debugTypeAt(info, offset)?.sizeBytes ?? 0,
    field(path) {
      let type = debugTypeAt(info, offset);
      let at = 0;
      for (const name of path.split('.').slice(0, mostNested)) {
        const member = type?.members.find((one) => one.name === name);
        if (member === undefined) return undefined;
        at += member.offset;
        type = debugTypeAt(info, member.type);
      }
      return { offset: at, bytes: type?.sizeBytes ?? 0 };
    },
  };
}

export function namesOfDebugInfo(info: DebugInfo): NamedAddresses {
  let globals: GlobalVariables | undefined;
  let rows: Map<string, number> | undefined;
  return {
    addressOf(name) {
      globals ??= readGlobals(info);
      rows ??= new Map(Array.from(globals.address, (_, row) => [globals!.name(row), row]));
      const row = rows.get(name);
      return row === undefined ? undefined : globals.address[row];
    },
  };
}
