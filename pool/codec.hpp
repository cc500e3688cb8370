// SPDX-License-Identifier: MIT
// How values cross to another process: codec<T> for the standard vocabulary and for aggregates.
#pragma once

#include <tridem/pool/codec_aggregate.hpp>
#include <tridem/pool/codec_basic.hpp>
#include <tridem/pool/codec_containers.hpp>
#include <tridem/pool/codec_sums.hpp>
#include <tridem/pool/codec_views.hpp>

// A type of your own that is no aggregate crosses by a specialisation; fields go out and come back
// in the same order, each by its own codec:
//
//   template <>
//   struct tridem::codec<money> {
//     static void write(message_writer& out, const money& amount) {
//       tridem::encode(out, amount.cents());
//       tridem::encode(out, amount.currency());
//     }
//     static money read(message_reader& in) {
//       auto cents = tridem::decode<std::int64_t>(in);
//       auto currency = tridem::decode<std::string>(in);
//       return money(cents, std::move(currency));
//     }
//   };
