// A short name for a file. Two tools cannot take long ones: memleak cuts the name of an object at 31 characters, and without
// CAP_SYS_ADMIN bpftrace falls back to a kernel interface whose names, made of the path, have at most 64.
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import path from 'node:path';

const mostLength = 31;
const folders = ['/tmp', '/run', '/dev/shm'];

export interface ShortLink {
  readonly path: string;
  readonly remove: () => Promise<void>;
}

/** undefined when no folder with a short name can be written to. The caller removes it. */
export async function shortLink(target: string): Promise<ShortLink | undefined> {
  for (const folder of folders) {
    const directory = await mkdtemp(path.join(folder, 'll-')).catch(() => undefined);
    if (directory === undefined) continue;
    const link = path.join(directory, 'o');
    const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
    const made =
      link.length <= mostLength &&
      (await symlink(target, link).then(
        () => true,
        () => false,
      ));
    if (made) return { path: link, remove };
    await remove();
  }
  return undefined;
}
