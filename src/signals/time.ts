export { fromStoreTime, isStoreTime, storeTime } from '../base/time/store-time.js';
