// Five bars ahead instead of one: how far, and whether upwards by more than half a percent. Trained, stored, updated, asked.
import {
  direction,
  gradientBoostingClassifier,
  horizonReturn,
  memoryProfileStore,
  predictSymbol,
  randomForestRegressor,
  trainSymbol,
} from 'tickerforest';
import { appleDays } from './apple-days';

const store = memoryProfileStore();
const days = appleDays();
const fiveAhead = horizonReturn({ bars: 5 });
const options = {
  ...{ symbol: 'AAPL', exchange: 'NASDAQ', store, target: fiveAhead },
  models: {
    how_far: randomForestRegressor({ trees: 50, minSamplesLeaf: 20 }),
    up: gradientBoostingClassifier({ trees: 30, target: direction({ of: fiveAhead, deadZone: 0.005 }) }),
  },
};

const { mlProfile } = await trainSymbol({ ...options, source: days.slice(0, -5) });
for (const [name, model] of Object.entries(mlProfile.models.metrics)) {
  console.log(name, 'forecasts the', model?.target?.description);
  console.log(model?.walk_forward);
}

// a week later; the models stay, as five new bars are too few to train again
console.log(await trainSymbol({ ...options, source: days }));
console.log(await predictSymbol({ symbol: 'AAPL', store }));
