export { fromStoreTime, storeTime } from '../store-time.js';
