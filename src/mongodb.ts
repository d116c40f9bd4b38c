export { type MongoConnectionOptions, mongoProfileStore } from './stores/mongo/profile-store';
