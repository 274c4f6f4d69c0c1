export * from './soap/index.ts';
export * from './xml/index.ts';
