// Profiles and bars in MongoDB: MONGODB_URI=mongodb://127.0.0.1:27017 npx tsx examples/mongodb.ts
import { MongoClient } from 'mongodb';
import { predictSymbol, trainSymbol } from 'tickerforest';
import { mongoBarStore, mongoProfileStore } from 'tickerforest/mongodb';
import { madeUpMinutes } from './made-up-minutes';

const uri = process.env.MONGODB_URI;
if (uri === undefined) {
  console.error('Say where MongoDB is: MONGODB_URI=mongodb://127.0.0.1:27017 npx tsx examples/mongodb.ts');
  process.exit(1);
}
const dbName = 'tickerforest-example';

// Each store opens a client of its own and closes it; give them a `Db` of yours instead, and they leave your client alone.
const store = mongoProfileStore({ uri, dbName });
const bars = mongoBarStore({ uri, dbName });
for (const minutes of [2_000, 2_390]) {
  const { action, plan, mlProfile } = await trainSymbol({ symbol: 'WAVE', source: madeUpMinutes('WAVE', 0, minutes), store, bars });
  console.log(`${action}, new bars: ${plan.newBars}, revision ${mlProfile.revision}, models ${mlProfile.model_version}`);
}
console.log(await predictSymbol({ symbol: 'WAVE', store }));
await Promise.all([store.close(), bars.close()]);

// Anybody else reads the same documents: in Python, db.ml_profiles.find_one({'symbol': 'WAVE'})['models']['metrics']['regression_rf']['r2']
const client = new MongoClient(uri);
const profile = await client.db(dbName).collection('ml_profiles').findOne({ symbol: 'WAVE' });
console.log('r2 in-sample:', profile?.models.metrics.regression_rf.r2);
console.log('r2 on held-out bars:', profile?.models.metrics.regression_rf.walk_forward.r2);
await client.db(dbName).dropDatabase();
await client.close();
