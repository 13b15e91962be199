/** `jwt[].keys.alb`: an AWS Application Load Balancer, and which one. */
import type { BalancerConfig } from '../sections/keys.ts';
import { group, key, patterned, type Shape, shaped } from '../shape.ts';

const fields = group({
  region: key('Its region', patterned('a region such as eu-central-1', /^[a-z]{2}(?:-[a-z]+)+-[0-9]{1,2}$/)),
  signer: key(
    'Its ARN, compared to `signer` of the token as a string',
    patterned(
      'the ARN of an Application Load Balancer',
      /^arn:aws(?:-cn|-us-gov)?:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:loadbalancer\/app\/[A-Za-z0-9-]+\/[0-9a-z]+$/,
    ),
  ),
});

/** Regions whose names begin so are partitions of their own; the others are one. */
function partitionOf(region: string): string {
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  return region.startsWith('cn-') ? 'aws-cn' : 'aws';
}

/** The balancer stands in the region whose keys are asked for: another region has other keys. */
export const balancerShape: Shape<BalancerConfig> = shaped(fields, ({ region, signer }, report) => {
  const [, partition, , itsRegion] = signer.split(':');
  if (itsRegion !== region || partition !== partitionOf(region))
    report(`is of another region, expected arn:${partitionOf(region)}:elasticloadbalancing:${region}:…`, 'signer');
  return { region, signer };
});
