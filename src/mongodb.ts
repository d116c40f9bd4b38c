export { mongoBarStore } from './stores/mongo/bar-store';
export type { MongoConnectionOptions } from './stores/mongo/open-database';
export { mongoProfileStore } from './stores/mongo/profile-store';
