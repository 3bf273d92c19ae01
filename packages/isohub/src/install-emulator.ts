/** The command that installs the local hub. */
export const installEmulator = "npm install --save-dev @isohub/emulator";
