/** The parts of `jwt` in which Kubernetes takes expressions: rules on claims, mappings, rules on the user. */
import { compileExpression, type Expression, type ExpressionUse } from '../../expression/compile.ts';
import type { ClaimMappings, ClaimRule, ExpressionRule, ExtraMapping, ValueMapping } from '../sections/claims.ts';
import { anyText, group, key, keyOr, keyOrNull, list, type Report, type Shape, shaped, text } from '../shape.ts';

/** An expression that is good for this use, compiled. */
export function expressionShape(use: ExpressionUse): Shape<Expression> {
  return shaped(text('an expression in CEL'), (written, report) => {
    const compiled = compileExpression(written, use);
    if ('fault' in compiled) report(compiled.fault);
    return compiled as Expression;
  });
}

const claimName = text("a claim's name");

const longestMessage = 400;

const message = keyOrNull(
  'What a refused user is told besides',
  text(`a text of ${longestMessage} characters or fewer`, written =>
    written.length > longestMessage ? 'is too long' : null,
  ),
);

const claimRule = group({
  claim: keyOrNull('The claim', claimName),
  requiredValue: keyOrNull('The text that it must be', anyText('a text')),
  expression: keyOrNull('An expression on claims that must be true', expressionShape('claimRule')),
  message,
});

/** Claim and requiredValue, or expression and message; never some of both. */
const claimRuleShape: Shape<ClaimRule> = shaped(claimRule, (written, report): ClaimRule => {
  const { claim, requiredValue, expression, message: said } = written;
  if (expression !== null) {
    for (const other of ['claim', 'requiredValue'] as const)
      if (written[other] !== null) report('stands beside expression, expected one of both', other);
    return { expression, message: said };
  }
  if (claim === null || requiredValue === null)
    report('is incomplete, expected claim and requiredValue, or expression');
  if (said !== null && (claim ?? requiredValue) !== null)
    report('stands beside claim, expected it with expression', 'message');
  return { claim: claim ?? '', requiredValue: requiredValue ?? '' };
});

/** `claimValidationRules`. */
export const claimRulesShape: Shape<ClaimRule[]> = list('a list of rules', claimRuleShape);

const userRuleShape: Shape<ExpressionRule> = group({
  expression: key('An expression on user that must be true', expressionShape('userRule')),
  message,
});

/** `userValidationRules`. */
export const userRulesShape: Shape<ExpressionRule[]> = list('a list of rules', userRuleShape);

interface WrittenMapping {
  readonly claim: string | null;
  readonly prefix: string | null;
  readonly expression: Expression | null;
}

function mapped({ claim, prefix, expression }: WrittenMapping, usual: string, report: Report): ValueMapping {
  if (expression === null) return { claim: claim ?? usual, prefix: prefix ?? '' };
  if (claim !== null) report('stands beside expression, expected one of both', 'claim');
  if (prefix !== null) report('stands beside expression, expected it in there: \'"lab:" + claims.sub\'', 'prefix');
  return { expression, prefix: expression.leadingText };
}

function mapping(about: string, usual: string, use: ExpressionUse): Shape<ValueMapping> {
  const fields = group({
    claim: keyOrNull(`The claim; ${usual} where neither it nor expression is written`, claimName),
    prefix: keyOrNull('Put before each value of the claim', anyText('a text, may be empty')),
    expression: keyOrNull('An expression on claims that gives the value', expressionShape(use)),
  });
  return keyOr(
    about,
    shaped(fields, (written, report) => mapped(written, usual, report)),
    {},
  );
}

const uid = group({
  claim: keyOrNull('The claim', claimName),
  expression: keyOrNull('An expression on claims that gives a text', expressionShape('claimText')),
});

const uidShape: Shape<ValueMapping> = shaped(uid, ({ claim, expression }, report): ValueMapping => {
  if ((claim === null) === (expression === null))
    report(`has ${claim === null ? 'neither' : 'both'}, expected claim or expression`);
  return expression === null ? { claim: claim ?? '', prefix: '' } : { expression, prefix: '' };
});

const KEY_EXPECTED = 'a key such as example.org/team: a domain, / and a path, in lower case';
const domain = /^(?=.{1,253}\/)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*\//;
const domainAndPath = new RegExp(`${domain.source}[a-z0-9/\\-._~%!$&'()*+,;=:]{1,256}$`);

function keyFault(written: string): string | null {
  if (!domainAndPath.test(written)) return 'is no such key';
  return /^([^/]*\.)?(k8s|kubernetes)\.io\//.test(written) ? "is Kubernetes' own" : null;
}

const extraShape = group({
  key: key('Its name in user.extra', text(KEY_EXPECTED, keyFault)),
  valueExpression: key('An expression on claims that gives a text or a list of texts', expressionShape('claimTexts')),
});

const extrasShape: Shape<ExtraMapping[]> = shaped(
  list('a list of keys with expressions', extraShape),
  (extras, report) => {
    for (const [index, extra] of extras.entries())
      if (extras.findIndex(other => other.key === extra.key) < index)
        report('stands in an earlier entry too, expected another', index, 'key');
    return extras.map(extra => ({ key: extra.key, expression: extra.valueExpression }));
  },
);

/** `claimMappings`; `usernameClaim` names the user where nothing is said. */
export function claimMappingsShape(usernameClaim: string): Shape<ClaimMappings> {
  return group({
    username: mapping('What names the user', usernameClaim, 'claimText'),
    groups: mapping("What lists the user's groups", 'groups', 'claimTexts'),
    uid: keyOrNull("The user's uid, which expressions may look at and nothing else does", uidShape),
    extra: keyOr('Further values for expressions, rules and inject', extrasShape, []),
  });
}
