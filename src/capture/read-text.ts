// Files of /proc and /sys: there or not, permitted or not, most of them are asked for without knowing.
import { readFile } from 'node:fs/promises';

/** Undefined when it cannot be read, for whatever reason. */
export const readText = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);
