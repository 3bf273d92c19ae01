// In place of the package `debug`: it asks the environment and the page's storage what to print.
const silent = () => {};
module.exports = () => silent;
