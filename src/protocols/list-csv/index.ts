export { makeListCsvReader } from './reader.ts';
