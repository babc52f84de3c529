/** Waiting for a condition, with a deadline. */

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

/** Asks every `every` ms until the answer is true or `deadline` ms have passed; whether it became true. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  deadline: number,
  every = 100,
): Promise<boolean> {
  const end = performance.now() + deadline;
  for (;;) {
    if (await condition()) return true;
    if (performance.now() >= end) return false;
    await pause(every);
  }
}
