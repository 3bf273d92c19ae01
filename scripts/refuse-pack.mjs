// The `prepack` script of every package: `npm pack` and `npm publish` in its folder would publish `workspace:` ranges and dead links.
console.error("Packages must be packed by `npm run pack` at the root, which writes tarballs to publish.");
process.exitCode = 1;
