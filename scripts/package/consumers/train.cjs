const { exercise } = require('./exercise.cjs');
const tickerforest = require('tickerforest');
const testing = require('tickerforest/testing');

exercise(tickerforest, testing).then((line) => console.log(line));
