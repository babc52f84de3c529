import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Tests of all kinds: unit, integration, end to end, and what they share. */
const tests = ['**/*.test.ts', '**/*.it.ts', '**/*.e2e.ts', '**/*.fixtures.ts', '**/conformance.ts'];

/** What the pure folders may not touch: they decide, others do. */
const pure = {
  files: ['operator/{api,desired,plan,status}/**/*.ts', 'app/{route,config}/**/*.ts'],
  ignores: tests,
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: '^(node:(?!crypto$|util$)|express|kafkajs|prom-client|pino|@kubernetes/)',
            message: 'This folder is pure: no I/O. Take the value as a parameter.',
          },
        ],
      },
    ],
  },
};

/** The runtime drives any controller, so it may not know this one. */
const runtime = {
  files: ['operator/runtime/**/*.ts'],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: '/(api|desired|observed|plan|execute|status|dataflow)/',
            message: 'runtime/ knows no pipeline.',
          },
        ],
      },
    ],
  },
};

const separate = (folder, other) => ({
  files: [`${folder}/**/*.ts`],
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        patterns: [
          { regex: `^(\\.\\./)+(${other}|dev)/`, message: `${folder}/ imports neither ${other}/ nor dev/.` },
        ],
      },
    ],
  },
});

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.stack/', '**/target/', 'docs/', 'eslint.config.js'] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      // `const { left, out, ...rest }` is how to leave something out.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      // Our own unions give numbers and booleans to messages all the time; objects and nullish stay forbidden.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            {
              from: 'package',
              package: 'node:test',
              name: ['test', 'it', 'describe', 'suite', 'before', 'after'],
            },
          ],
        },
      ],
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      complexity: ['error', 10],
      eqeqeq: 'error',
      'max-depth': ['error', 3],
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 60 }],
      'max-params': ['error', 4],
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Read the environment in main.ts and config/ only.' },
        { object: 'Date', property: 'now', message: 'Take a Clock.' },
        { object: 'Math', property: 'random', message: 'Take the randomness as a parameter.' },
      ],
    },
  },
  pure,
  runtime,
  separate('operator', 'app'),
  separate('app', 'operator'),
  {
    files: ['**/main.ts', 'operator/runtime/clock.ts', 'app/ops/clock.ts', 'dev/**/*.ts'],
    rules: { 'no-restricted-properties': 'off', 'no-console': 'off' },
  },
  {
    files: tests,
    rules: {
      'max-lines-per-function': 'off',
      'no-restricted-properties': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
);
