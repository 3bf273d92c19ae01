import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  BlobSASPermissions,
  generateAccountSASQueryParameters,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
import { expect, it } from "vitest";
import { signAccount, signBlob } from "./blob-sas.ts";

const account = { name: "isohub", key: "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=" };
const credential = new StorageSharedKeyCredential(account.name, account.key);
const expiresOn = new Date("2030-01-02T03:04:05.678Z");

it.each(["r", "rw"] as const)(
  "the SAS for a blob equals that of Azure's own client (%s)",
  async (permissions) => {
    const blobName = "dev#%+1/dir/ä b.txt";
    const query = new URLSearchParams(await signBlob(account, "uploads", blobName, permissions, expiresOn));
    const theirs = generateBlobSASQueryParameters(
      {
        version: "2018-11-09",
        containerName: "uploads",
        blobName,
        permissions: BlobSASPermissions.parse(permissions),
        expiresOn,
      },
      credential,
    );
    expect(Object.fromEntries(query)).toEqual(Object.fromEntries(new URLSearchParams(theirs.toString())));
  },
);

it("the SAS for the account equals that of Azure's own client", async () => {
  const query = new URLSearchParams(await signAccount(account, expiresOn));
  const theirs = generateAccountSASQueryParameters(
    {
      version: "2018-11-09",
      services: AccountSASServices.parse("b").toString(),
      resourceTypes: AccountSASResourceTypes.parse("sco").toString(),
      permissions: AccountSASPermissions.parse("rwc"),
      expiresOn,
    },
    credential,
  );
  expect(Object.fromEntries(query)).toEqual(Object.fromEntries(new URLSearchParams(theirs.toString())));
});
