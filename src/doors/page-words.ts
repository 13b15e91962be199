/** What a visitor, who runs neither hub nor gate, can make of a refusal. */

/** The heading, and what to do. */
export interface PageWords {
  readonly title: string;
  readonly text: string;
}

const words = (title: string, text: string): PageWords => ({ title, text });

const keptOut = words(
  'You may not come in here',
  'You are signed in, but this hub does not let you in under that name. Sign in as another user, or ask whoever runs it.',
);

const usedUp = words(
  'Please sign in again',
  'A sign-in counts once, in the browser that began it, and for a short while. Go back to where you signed in, and begin again.',
);

/** Reasons about which there is more to say than about their status. */
const byReason: ReadonlyMap<string, PageWords> = new Map([
  ['not-allowed', keptOut],
  ['claim-invalid', keptOut],
  ['user-invalid', keptOut],
  ['user-ambiguous', keptOut],
  ['hub-user-unknown', keptOut],
  ['token-replayed', usedUp],
  ['code-invalid', usedUp],
  [
    'sign-in-loop',
    words(
      'Signing in goes round in circles',
      'You were sent to sign in three times within a minute, and came back unknown each time. Often the browser keeps no cookies from here: allow them, open the hub in a window of its own, and try again in a minute.',
    ),
  ],
  [
    'session-too-large',
    words(
      'Your sign-in does not fit',
      'What is known about you is too much for a cookie. Only whoever runs this hub can mend that.',
    ),
  ],
  [
    'credentials-disagree',
    words(
      'You are two users at once',
      'Your browser says that you are two different users. Log out, close all windows of this browser, and sign in again.',
    ),
  ],
  [
    'user-mismatch',
    words(
      'That is not your name',
      'You are signed in under another name than the one in the form. Log in under yours.',
    ),
  ],
  [
    'delivery-failed',
    words(
      'The hub did not take you in',
      'It refused what it has to know about you. Try again in a minute; if it stays like that, tell whoever runs it.',
    ),
  ],
  [
    'data-invalid',
    words(
      'Your account is not set up here yet',
      'The hub has to be told more about you than your name, and that is missing or wrong. Only whoever runs it can mend that.',
    ),
  ],
  [
    'token-key-awaited',
    words(
      'Your sign-in can not be checked yet',
      'Wait half a minute and try again. If it stays like that, sign in again, or tell whoever runs the hub.',
    ),
  ],
  [
    'hub-answer-invalid',
    words('The hub makes no sense', 'It gave an answer that could not be passed on safely. Tell whoever runs it.'),
  ],
  [
    'prefetch-refused',
    words('Nothing was opened ahead', 'Your browser wanted to open this before you asked for it. Open it now.'),
  ],
]);

const byStatus: ReadonlyMap<number, PageWords> = new Map([
  [
    400,
    words(
      'This request could not be read',
      'Your browser sent something that could not be passed on safely. Go back to the start page and try again.',
    ),
  ],
  [
    401,
    words(
      'Please sign in',
      'The hub does not know who you are yet, or your sign-in has run out. Sign in again and come back.',
    ),
  ],
  [
    403,
    words(
      'This is not let through',
      'Go back to the start page and try again. If you came here by a link on another site, do not follow it.',
    ),
  ],
  [404, words('There is no such page', 'Look at the address for a slip, or go back to the start page.')],
  [405, words('That does not work here', 'This address can not be used in that way. Go back to the start page.')],
  [408, words('That took too long', 'The request took too long to arrive. Try again.')],
  [411, words('Its size is missing', 'Your browser did not say how much it sends. Try another one.')],
  [413, words('That is too large', 'What you sent is more than is taken here. Try with less.')],
  [414, words('The address is too long', 'Go back to the start page, and find your way from there.')],
  [
    421,
    words(
      'This is not the right address',
      'The server does not answer under the name in your address bar. Use the address that you were given for the hub.',
    ),
  ],
  [
    429,
    words(
      'Too much at once',
      'Too much is open or under way for you at the same time. Close what you do not need, wait a moment and try again.',
    ),
  ],
  [
    431,
    words(
      'Too many cookies',
      'Your browser sent too many or too large cookies. Delete those of this site and try again.',
    ),
  ],
  [500, words('Something went wrong here', 'It is not your fault. Try again in a minute.')],
  [501, words('That is not spoken here', 'This server does not speak the protocol that your browser asked for.')],
  [502, words('The hub is not answering', 'It may be starting anew. Try again in a minute.')],
  [
    503,
    words(
      'The hub can not be entered now',
      'Something that it needs is not there at the moment. Try again in a minute.',
    ),
  ],
  [504, words('The hub takes too long', 'It did not answer in time. Try again in a minute.')],
]);

const unknown = words('This can not be served', 'Go back to the start page and try again.');

/** Never absent: what nobody has thought of has words, too. */
export function wordsFor(reason: string, status: number): PageWords {
  return byReason.get(reason) ?? byStatus.get(status) ?? unknown;
}
