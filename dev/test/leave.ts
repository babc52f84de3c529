/**
 * Loaded before each test file: when its tests are over and something is still open, its process ends all the same, a while later. node:test's own `forceExit` ends it
 * at once, before the last results have been passed on: they are lost, and nobody notices.
 */
import { after } from 'node:test';

const PATIENCE_MS = 2_000;

after(() => {
  setTimeout(() => {
    process.stderr.write(`${process.argv[1]} leaves something open: its process is ended.\n`);
    process.exit();
  }, PATIENCE_MS).unref();
});
