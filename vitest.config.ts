import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    reporters: [['default', { summary: false }], './test/reporter/plain-summary.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          sequence: { groupOrder: 0 },
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: ['test/live/**', '**/node_modules/**'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        // Real Go builds, real processes: one at a time, so that they do not starve each other of the few cores.
        test: {
          name: 'live',
          // After the unit tests, which would keep the few cores from them.
          sequence: { groupOrder: 1 },
          include: ['test/live/**/*.test.ts'],
          fileParallelism: false,
          // A busy machine can spoil one watch of a real process; the reporter names what needed it.
          retry: 1,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
