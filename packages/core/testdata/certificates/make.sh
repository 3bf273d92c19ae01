#!/bin/sh
# Makes the certificates in this folder with OpenSSL 3. They are for tests alone, and valid from 2020 to 2120 unless a test needs
# otherwise. `cd` to this folder first.
set -e
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
printf '[ca]\ndefault_ca=d\n[d]\ndatabase=%s/index\nserial=%s/serial\nnew_certs_dir=%s\ndefault_md=sha256\npolicy=p\nunique_subject=no\nemail_in_dn=no\n[p]\ncommonName=supplied\n' \
  "$work" "$work" "$work" > "$work/ca.cnf"
: > "$work/index"
echo 1000 > "$work/serial"
new_key() { [ -f "$1.key" ] || openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
issue() { # name, subject, extensions, authority, first day, last day
  new_key "$1"
  openssl req -new -key "$1.key" -subj "/CN=$2" -out "$work/csr"
  printf "$3\n" > "$work/extensions"
  sign=$([ "$4" = self ] && echo "-selfsign -keyfile $1.key" || echo "-cert $4.pem -keyfile $4.key")
  openssl ca -batch -notext -config "$work/ca.cnf" $sign -in "$work/csr" -out "$1.pem" -extfile "$work/extensions" \
    -startdate "${5:-20200101000000Z}" -enddate "${6:-21200101000000Z}"
}
authority="basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign"
end="basicConstraints=critical,CA:false"
local="$end\nsubjectAltName=DNS:localhost,IP:127.0.0.1"
issue ca "isohub test authority" "$authority" self
issue other-ca "another authority" "$authority" self
issue localhost localhost "$local" ca
issue self-signed localhost "$local" self
issue other-name other "$end\nsubjectAltName=DNS:gateway.example,DNS:*.devices.example,IP:192.0.2.1" ca
issue common-name localhost "$end" ca
issue expired localhost "$local" ca 20200101000000Z 20210101000000Z
issue not-yet-valid localhost "$local" ca 21100101000000Z 21200101000000Z
openssl genrsa -traditional -out rsa.key 2048
issue rsa localhost "$local" ca
openssl genrsa -out weak.key 1024
issue weak localhost "$local" ca
issue device device "$end\nextendedKeyUsage=clientAuth" ca
issue intermediate "isohub intermediate authority" "$authority" ca
issue chained chained "$end\nextendedKeyUsage=clientAuth" intermediate

# The same as people have it on their devices.
openssl pkcs12 -export -in device.pem -inkey device.key -certfile ca.pem -name "my device" -passout pass: -out device.pfx
openssl pkcs12 -in device.pfx -passin pass: -nodes -out device-bag.pem
openssl x509 -in device.pem -text -out device-text.pem
openssl x509 -in device.pem -outform der -out device.der
openssl pkey -in device.key -outform der -out device-key.der
openssl ecparam -name prime256v1 -genkey -out with-parameters.key
openssl pkcs8 -topk8 -in device.key -passout pass:secret -out encrypted.key
openssl pkcs8 -topk8 -v1 PBE-MD5-DES -provider default -provider legacy -in device.key -passout pass:secret -out legacy.key
openssl rsa -in rsa.key -traditional -aes128 -passout pass:secret -out encrypted-rsa.key
openssl crl2pkcs7 -nocrl -certfile device.pem -out device.p7b
openssl x509 -in device.pem -trustout -out device-trusted.pem
rm other-ca.key intermediate.key
