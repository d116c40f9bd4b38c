import { type Member, serve } from '../../src/threads/serve';

/** What a worker of the tests is sent. */
export type FailingTask =
  | { readonly kind: 'exit' | 'throw' | 'spin' | 'fill' | 'wait' }
  | { readonly kind: 'count'; readonly to: number; readonly each?: number };

/** Each way in which a worker can fail, and one in which it does not. */
serve(async (task: FailingTask, { number, control, turns, tell }: Member<number>) => {
  if (task.kind === 'exit') process.exit(3);
  if (task.kind === 'throw') throw new RangeError('of the worker');
  // deaf: it never looks whether it is to stop
  if (task.kind === 'spin') {
    tell(number);
    for (;;);
  }
  if (task.kind === 'fill') {
    const kept: number[][] = [];
    for (;;) kept.push(Array.from({ length: 100_000 }, (_, i) => i + kept.length));
  }
  if (task.kind === 'wait') {
    tell(number);
    while (!turns.isOver);
    await turns.giveWay();
  }
  if (task.kind === 'count') {
    for (let i = control.claim(); i < task.to; i = control.claim()) {
      const end = performance.now() + (task.each ?? 0);
      while (performance.now() < end && !control.isStopped);
      tell(task.each === undefined ? i : 1000 * i + number);
    }
  }
});
