// Runs as a process of its own, so that tests can kill it or let it race: `ROLE FOLDER NUMBER`.
import { directoryBarStore, directoryBarStoreOn } from '../../src/stores/directory/bar-store';
import { crashBarWorker } from '../../src/testing/bar-crash-worker';
import { appendOneByOne } from './appending-worker';
import { dyingFileSystem } from './dying-file-system';

/** Works on and on, until it is killed, and says when it begins and after each turn. */
async function workForEver(folder: string): Promise<void> {
  const store = directoryBarStore(folder);
  process.stdout.write('working\n');
  for (;;) {
    await crashBarWorker(store);
    process.stdout.write('turn\n');
  }
}

const [role, folder, text] = process.argv.slice(2);
const number = Number(text);
switch (role) {
  case 'die':
    await crashBarWorker(directoryBarStoreOn(dyingFileSystem(number).files, folder));
    break;
  case 'work':
    await workForEver(folder);
    break;
  case 'append':
    await appendOneByOne(directoryBarStore(folder), number);
    break;
  case 'die appending':
    await appendOneByOne(directoryBarStoreOn(dyingFileSystem(number).files, folder), 1);
    break;
  default:
    throw new Error(`unknown role '${role}'`);
}
