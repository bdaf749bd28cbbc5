// The symbol table of a binary, as the locator asks it.
import type { DataSymbols } from '../decode/elf/data-symbols.ts';
import type { NamedAddresses } from './locate-runtime.ts';

export function namesOfSymbols(symbols: DataSymbols): NamedAddresses {
  return {
    addressOf(name) {
      const row = symbols.find(name);
      return row < 0 ? undefined : symbols.address[row];
    },
  };
}
