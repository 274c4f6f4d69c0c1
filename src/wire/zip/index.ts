export * from './error.ts';
export * from './open-zip.ts';
export * from './write-zip.ts';
