/** What tests do to a running stack: take a part away, give it back, make images. Data is kept. */
import { rmSync, writeFileSync } from 'node:fs';
import type { Context } from './context.ts';
import { dataflow, skipperDownFile } from './dataflow-part.ts';
import { dataflowJars } from './dataflow.ts';
import { kafka, kafkaJars } from './kafka.ts';
import type { Part } from './parts.ts';

export { stackOf, type Context } from './context.ts';
export { images } from './layout.ts';
export { buildProjectImage, retagImage, untagImage } from './project-images.ts';

export type ControlledPart = 'kafka' | 'dataflow';

/** Stops a part and returns when it is gone; `kill` gives it no time to leave in order. */
export function stopPart({ parts }: Context, name: ControlledPart, kill = false): Promise<void> {
  return parts.stop(name, kill ? 0 : undefined);
}

/** Starts a part that was stopped and returns when it serves. */
export async function startPart(context: Context, name: ControlledPart): Promise<void> {
  await context.parts.ensure(await partOf(context, name));
}

/** Makes the stand-in for Skipper answer as one that is down, or serve again. */
export function setSkipperDown({ paths }: Context, down: boolean): void {
  if (down) writeFileSync(skipperDownFile(paths), '');
  else rmSync(skipperDownFile(paths), { force: true });
}

async function partOf({ paths, progress }: Context, name: ControlledPart): Promise<Part> {
  if (name === 'kafka') return kafka(paths, await kafkaJars(paths, progress));
  const { server } = await dataflowJars(paths.cache, () => undefined);
  return dataflow(paths, server, process.env);
}
