#!/bin/sh
# Send the messages of a review that were not sent yet: deliver.sh <folder of the review>
# MAIL_TO is the address that mail.txt is sent to, WEBHOOK the one that payload.json is posted to; one of them, or both.
# With neither, nothing is sent and nothing is marked as sent.
# A message is marked after it was sent: one that died in between is sent twice, with the same id, and none is lost.
set -eu
if [ -z "${MAIL_TO:-}${WEBHOOK:-}" ]; then
    exit 0
fi
for message in "$1"/exports/messages/[0-9]*-*/; do
    if [ ! -d "$message" ] || [ -e "$message/sent" ]; then
        continue
    fi
    if [ -n "${MAIL_TO:-}" ]; then
        sendmail "$MAIL_TO" < "$message/mail.txt"
    fi
    if [ -n "${WEBHOOK:-}" ]; then
        curl --silent --show-error --fail --header 'Content-Type: application/json' \
            --data @"$message/payload.json" "$WEBHOOK"
    fi
    touch "$message/sent"
done
