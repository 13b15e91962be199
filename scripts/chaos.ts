/** `npm run chaos [-- --seconds N --seed S]`: a hub that fails in every way for so long, one minute when nothing is said; prints what was done, and what broke. */
import { playLong } from './long-run.ts';

playLong({
  name: 'chaos',
  file: 'test/chaos/chaos.test.ts',
  unit: 'seconds',
  standard: 60,
  most: 86_400,
  variables: 'HUBGATE_CHAOS',
});
