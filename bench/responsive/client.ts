/** Asks the service of bench/responsive.ts at fixed moments, whether or not it has answered the last one, until it is told to end; then tells the latencies. */
import { Agent, get } from 'node:http';

const [port, every] = process.argv.slice(2).map(Number);
const agent = new Agent({ keepAlive: true });
const latencies: number[] = [];
let open = 0;
let isEnding = false;

function ask(due: number): void {
  open++;
  const request = get({ host: '127.0.0.1', port, path: '/health', agent }, (response) => {
    response.resume().on('end', () => {
      latencies.push(performance.now() - due);
      open--;
      if (latencies.length === 1) process.send?.('ready');
      endIfDone();
    });
  });
  request.on('error', (error) => {
    console.error(`/health: ${error.message}`);
    process.exit(1);
  });
}

function endIfDone(): void {
  // the first one opened the connection
  if (isEnding && open === 0) process.send?.(latencies.slice(1));
}

const timer = setInterval(() => {
  // a timer of this process that comes late says nothing of the service
  ask(performance.now());
}, every);

process.on('message', () => {
  isEnding = true;
  clearInterval(timer);
  endIfDone();
});
