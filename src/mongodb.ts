export { type MongoConnectionOptions, mongoProfileStore } from './profiles/mongo-store';
