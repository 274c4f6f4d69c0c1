export * from './blocks.ts';
export * from './brakes.ts';
export * from './clock.ts';
export * from './migrate.ts';
export * from './models.ts';
export * from './records.ts';
export * from './rows.ts';
export * from './store.ts';
