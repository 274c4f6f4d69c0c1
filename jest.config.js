const transform = {
  '^.+\\.ts$': [
    '@swc/jest',
    { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' }, sourceMaps: 'inline' },
  ],
};

const project = (displayName, testMatch, extra = {}) => ({
  displayName,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform,
  testMatch,
  setupFiles: ['<rootDir>/test/setup/seed.ts'],
  setupFilesAfterEnv: ['<rootDir>/test/setup/watch-commands.ts'],
  globalSetup: '<rootDir>/test/setup/start-mongod.ts',
  globalTeardown: '<rootDir>/test/setup/stop-mongod.ts',
  ...extra,
});

export default {
  maxWorkers: 2,
  // Modules of test files stay in memory; a worker that has had many of them begins anew.
  workerIdleMemoryLimit: '700MB',
  testTimeout: 60_000,
  projects: [
    project('suite', ['<rootDir>/test/**/*.test.ts'], { testPathIgnorePatterns: ['<rootDir>/test/interop/'] }),
    project('interop', ['<rootDir>/test/interop/**/*.test.ts']),
  ],
};
