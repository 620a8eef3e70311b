export { Bitmap, type BitmapStats, type BitmapValuesOptions } from './bitmap.js';
