import { flightsSection } from './flights/flights-section.js';
import { lookupsSection } from './lookups/lookups-section.js';
import { peersSection } from './peers/peers-section.js';
import { pluginSection } from './plugin/plugin-section.js';
import { processSection } from './process/process-section.js';
import { rotationSection } from './rotation/rotation-section.js';
import { scaleSection } from './scale/scale-section.js';
import type { Section } from './section.js';
import { storesSection } from './stores/stores-section.js';
import { throughputSection } from './throughput/throughput-section.js';

/** Everything that is measured, in this order. */
export const sections: readonly Section[] = [
  lookupsSection,
  pluginSection,
  processSection,
  throughputSection,
  flightsSection,
  rotationSection,
  peersSection,
  scaleSection,
  storesSection,
];
