/**
 * As Promise.all, but waits for all of them also if one fails: what is undone afterwards must not be under way still.
 *
 * @param steps - what was begun
 * @returns their results
 * @throws the first one's error
 */
export async function together<const Steps extends readonly unknown[]>(
  steps: Steps,
): Promise<{ -readonly [Key in keyof Steps]: Awaited<Steps[Key]> }> {
  await Promise.allSettled(steps);
  return Promise.all(steps);
}
