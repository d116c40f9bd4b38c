const { exercise } = require('./exercise.cjs');

test('trains under Jest', async () => {
  console.log(await exercise(require('tickerforest'), require('tickerforest/testing')));
}, 60_000);
