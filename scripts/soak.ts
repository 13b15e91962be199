/** `npm run soak [-- --minutes N --seed S]`: mixed traffic for so long, one minute when nothing is said; prints what was done, and what broke. */
import { playLong } from './long-run.ts';

playLong({
  name: 'soak',
  file: 'test/soak/mixed.test.ts',
  unit: 'minutes',
  standard: 1,
  most: 1440,
  variables: 'HUBGATE_SOAK',
});
