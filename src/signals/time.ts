export { fromStoreTime, isStoreTime, storeTime } from '../store-time.js';
