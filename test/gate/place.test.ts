/** Where a path leads, and which paths are refused because servers would disagree about it. */
import t from 'tap';
import { classify, type Place } from '../../src/gate/place.ts';

const atRoot = { baseUrl: '/', publicExact: new Set(['/hub/logo']), publicPrefixes: ['/hub/static/'], general: false };
const atJh = { ...atRoot, baseUrl: '/jh/' };

t.test('classes by the first segment below baseUrl', async t => {
  const rows: readonly [path: string, expected: Partial<Place>][] = [
    ['/', { class: 'other', owner: '', server: '', below: '/', public: false }],
    ['/hub', { class: 'hub', below: '/hub' }],
    ['/hub/login', { class: 'hub', owner: '', below: '/hub/login', public: false }],
    ['/Hub/login', { class: 'other' }],
    ['/hubs/login', { class: 'other' }],
    ['/hub/user/alice/lab', { class: 'hub', owner: '', server: '' }],
    ['/user/alice', { class: 'user', owner: 'alice', server: '' }],
    ['/user', { class: 'other', owner: '', server: '' }],
    ['/user/', { class: 'other', owner: '', server: '' }],
    ['/services/', { class: 'other', owner: '', server: '' }],
    ['/user/alice/lab/tree', { class: 'user', owner: 'alice', server: 'lab', below: '/user/alice/lab/tree' }],
    ['/user/j%C3%BCrgen/', { class: 'user', owner: 'jürgen', server: '' }],
    ['/user/a%40b/x%20y/', { class: 'user', owner: 'a@b', server: 'x y' }],
    ['/services/announcement/', { class: 'services', owner: 'announcement', server: '' }],
    ['/hubgate/session', { class: 'own' }],
    ['/hub/logo', { class: 'hub', public: true }],
    ['/hub/static/js/a.js', { class: 'hub', public: true }],
    ['/hub/static', { class: 'hub', public: false }],
    ['/user/x/files/a%2Fb', { class: 'user', owner: 'x', server: 'files', below: '/user/x/files/a%2Fb' }],
    ['/user/x/proxy/8080//y', { class: 'user', owner: 'x', server: 'proxy' }],
    ['/user/x/a%2Fb', { class: 'user', owner: 'x', server: '' }],
    ['/user/x//lab', { class: 'user', owner: 'x', server: '' }],
  ];
  for (const [path, expected] of rows) t.match(classify(path, atRoot), expected, path);
});

t.test('below baseUrl only; what is outside is nothing of the hub', async t => {
  const rows: readonly [path: string, expected: Partial<Place>][] = [
    ['/jh/hub/login', { class: 'hub', below: '/hub/login' }],
    ['/jh/', { class: 'other', below: '/' }],
    ['/jh', { class: 'other', below: '' }],
    ['/hub/login', { class: 'other', below: '' }],
    ['/hub/static/x', { class: 'other', below: '', public: false }],
    ['/hubgate/x', { class: 'other', below: '' }],
  ];
  for (const [path, expected] of rows) t.match(classify(path, atJh), expected, path);
});

t.test('two readings that lead to two places are no place (GHSA-6jwx, CVE-2021-29492, CVE-2026-26205)', async t => {
  const paths = [
    '/public/%2e%2e/hub/admin',
    '/public/..%2fhub',
    '//hub/admin',
    '/public\\..\\hub',
    '/public/..;/hub',
    '/%2e/hub',
    '/%68ub/login',
    '/h%75b/login',
    '/hub%2flogin',
    '/hub;x/login',
    '/hub%5clogin',
    '/hub/./login',
    '/hub/user/../login',
    '/hub/user/%2e%2e/login',
    '/hub/user-redirect/x\\..\\..\\login',
    '/user/alice/../bob/x',
    '/user/alice/%2e%2e/bob/x',
    '/user/alice/%252e%252e/bob/x',
    '/user/al%2569ce/x',
    '/user/alice%2Flab/x',
    '/user//alice/x',
    '/user/%ff/x',
    '/user%2fmallory/x',
    '/user%2fmallory%2f..%2f..%2fx',
    '/user/alice/lab/%2e%2e/%2e%2e/bob/..%2falice%2flab',
    '/hub/static/../login',
    '/hub/static/%2e%2e/login',
    '/hub/static/%c0%ae%c0%ae/login',
    '/hub/logo;v=1',
    '/hubgate%2fsession',
    '/x/../hubgate/session',
  ];
  for (const path of paths) t.equal(classify(path, atRoot), null, path);
});
