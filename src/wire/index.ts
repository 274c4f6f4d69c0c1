export * from './csv/index.ts';
export * from './http/index.ts';
export * from './mapping/index.ts';
export * from './oauth1/index.ts';
export * from './opening/index.ts';
export * from './soap/index.ts';
export * from './xml/index.ts';
export * from './zip/index.ts';
