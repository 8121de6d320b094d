// The page's own model in node answers a document's vectors.
// node browser_replay.mjs MODEL DOCUMENT NUMBERS prints {differences by vector: largest one over what is tolerated}.
import { readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";

const [script, documentFile, numbersFile] = process.argv.slice(2);
runInThisContext(readFileSync(script, "utf-8"), { filename: script });
const { policyModel, quantile, mean } = globalThis.regionalEconPolicy;
const document = JSON.parse(readFileSync(documentFile, "utf-8")), file = readFileSync(numbersFile);
const numbers = new Float64Array(file.buffer.slice(file.byteOffset, file.byteOffset + file.length));
const model = policyModel(document, numbers), T = model.years.length;

const PARTS = 1e-6; // differences of neighbouring outcomes lose digits
const differences = {};
for (const vector of document.tests.vectors) {
  const ran = model.run(vector, model.world(vector.price));
  let worst = 0;
  const see = (found, expected, tolerance = vector.tolerance, scale = Math.abs(expected)) => {
    const apart = found === expected ? 0 : Math.abs(found - expected) / scale / tolerance;
    worst = apart <= worst ? worst : Number.isNaN(apart) ? 1e300 : apart;
  };
  for (const [d, path] of Object.entries(vector.paths)) path.forEach((y, t) => see(ran.paths[d * T + t], y));
  model.years.forEach((_, t) => {
    const sorted = model.column(ran.paths, t).sort();
    see(mean(sorted), vector.mean[t]);
    for (const [p, values] of Object.entries(vector.quantiles)) see(quantile(sorted, Number(p)), values[t]);
  });
  model.drivers.forEach((driver, v) => {
    const expected = vector.largest_excess[driver.id];
    see(Math.max(...ran.outside[v]), expected, vector.tolerance, Math.max(expected, 1));
  });
  const parts = model.contributions(ran, T - 1);
  let step = parts.next();
  while (!step.done) step = parts.next();
  const whole = Math.max(...Object.values(vector.parts).map(Math.abs), 1e-3);
  for (const [lever, expected] of Object.entries(vector.parts)) see(mean(step.value[lever]), expected, PARTS, whole);
  differences[vector.name] = worst;
}
console.log(JSON.stringify({ differences }));
