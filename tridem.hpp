// SPDX-License-Identifier: MIT
// The front door: all of tridem, as a table of contents. Single headers may be included instead.
#pragma once

// clang-format off

// Tasks: write them, run them, have several at once.
#include <tridem/runtime/task.hpp>            // task<T>: a lazy coroutine
#include <tridem/runtime/run.hpp>             // run: block this thread on one task
#include <tridem/runtime/create_task.hpp>     // create_task: start now, await later
#include <tridem/runtime/task_handle.hpp>     // task_handle<T>: watch, await, cancel a started task
#include <tridem/runtime/gather.hpp>          // gather, gather_settled: several at once, all results
#include <tridem/runtime/race.hpp>            // race: several at once, the first result
#include <tridem/runtime/wait.hpp>            // wait, as_completed: watch several started tasks
#include <tridem/runtime/task_group.hpp>      // with_task_group: children never outlive the block
#include <tridem/runtime/allocator_arg.hpp>   // std::allocator_arg: frames from an allocator of yours
#include <tridem/runtime/generator.hpp>       // generator<T>: values one at a time
#include <tridem/runtime/async_generator.hpp> // async_generator<T>: the same, with awaits between
#include <tridem/runtime/adaptors.hpp>        // filter, transform, take, buffered, merge
#include <tridem/runtime/this_task.hpp>       // this_task: name, id, stack
#include <tridem/runtime/context_var.hpp>     // context_var<T>: a value that follows the task
#include <tridem/runtime/inspect.hpp>         // print_tasks: the tree of tasks and what each awaits

// Time and cancellation.
#include <tridem/runtime/time.hpp>            // time_point, duration, never
#include <tridem/runtime/sleep.hpp>           // sleep, sleep_until, yield, now
#include <tridem/runtime/wait_for.hpp>        // wait_for, wait_until: a deadline for anything
#include <tridem/runtime/retry.hpp>           // retry, limit: for calls to the outside world
#include <tridem/runtime/cancellation.hpp>    // cancelled, cancel_scope
#include <tridem/runtime/with_cancel_scope.hpp>  // with_cancel_scope: a part that can be given up
#include <tridem/runtime/stop_token.hpp>      // stop_token: the request to stop, to hand on
#include <tridem/runtime/shield.hpp>          // shield: runs to its end regardless
#include <tridem/runtime/with.hpp>            // with, finally: cleanup that awaits

// Between tasks.
#include <tridem/runtime/event.hpp>           // event: wait until something has happened
#include <tridem/runtime/mutex.hpp>           // mutex: one task at a time
#include <tridem/runtime/shared_mutex.hpp>    // shared_mutex: many readers or one writer
#include <tridem/runtime/condition.hpp>       // condition: wait until something has become true
#include <tridem/runtime/semaphore.hpp>       // semaphore: so many at a time
#include <tridem/runtime/barrier.hpp>         // barrier: meet, and go on together
#include <tridem/runtime/queue.hpp>           // queue<T>: bounded, with an end
#include <tridem/runtime/priority_queue.hpp>  // priority_queue<T>: the greatest item first

// Failure.
#include <tridem/runtime/result.hpp>          // result<T>, as_result: errors as values
#include <tridem/runtime/outcome.hpp>         // outcome<T>: what gather_settled gives
#include <tridem/runtime/exception.hpp>       // format_exception, notes, timeout_error, ...
#include <tridem/runtime/async_stack.hpp>     // async_stack: the awaits from a throw to the root
#include <tridem/runtime/exception_group.hpp> // exception_group: what a task group throws

// The loop itself, and other threads.
#include <tridem/runtime/event_loop.hpp>      // event_loop: call_soon, call_later, call_soon_threadsafe
#include <tridem/runtime/run_coroutine_threadsafe.hpp>  // start a task from another thread
#include <tridem/runtime/run_on_each.hpp>     // a loop on each of several threads
#include <tridem/runtime/concurrent_queue.hpp>  // a queue between tasks of several loops, and threads

// The network, files, other programs, signals.
#include <tridem/io/address.hpp>              // address: IPv4, IPv6, local
#include <tridem/io/buffer.hpp>               // const_buffer, mutable_buffer: borrowed bytes
#include <tridem/io/received_bytes.hpp>       // received_bytes: what came, in memory that the loop lends
#include <tridem/io/stream.hpp>               // read_exactly, read_until, write_all for any stream
#include <tridem/io/buffered_stream.hpp>      // buffered_stream: lines and messages, bounded
#include <tridem/io/stream_socket.hpp>        // what connections have in common
#include <tridem/io/tcp.hpp>                  // tcp_stream, tcp_listener
#include <tridem/io/unix.hpp>                 // unix_stream, unix_listener, descriptors on their way
#include <tridem/io/pipe.hpp>                 // pipe_reader, pipe_writer, make_pipe
#include <tridem/io/socket_options.hpp>       // buffers, hop limit, interface: what all sockets know
#include <tridem/io/connect_any.hpp>          // connect_any: to the first address that answers
#include <tridem/io/server.hpp>               // start_server: a task for each connection, with limits
#include <tridem/io/copy.hpp>                 // copy, copy_bidirectional: one stream into another
#include <tridem/io/send_file.hpp>            // send_file: a file into a stream
#include <tridem/io/standard_streams.hpp>     // standard_input, standard_output, standard_error
#include <tridem/io/unix_datagram.hpp>        // unix_datagram, unix_seqpacket: messages kept apart
#include <tridem/io/udp.hpp>                  // udp_socket
#include <tridem/io/file.hpp>                 // file, read_file, write_file
#include <tridem/io/file_status.hpp>          // file_status: type, size, dates
#include <tridem/io/paths.hpp>                // rename_file, remove_file, make_directory, ...
#include <tridem/io/aligned_buffer.hpp>       // aligned_buffer: for files past the page cache
#include <tridem/io/walk.hpp>                 // walk: everything below a directory
#include <tridem/io/subprocess.hpp>           // subprocess: other programs, without a shell
#include <tridem/io/subprocess_options.hpp>   // what a subprocess is started with
#include <tridem/io/exit_status.hpp>          // exit_status: how a process ended
#include <tridem/io/signal_set.hpp>           // signal_set: Ctrl-C and its kin, awaited
#include <tridem/io/diagnose.hpp>             // diagnose: what this machine allows, and why

// Threads.
#include <tridem/pool/to_thread.hpp>          // to_thread: one blocking call on a thread
#include <tridem/pool/thread_pool.hpp>        // thread_pool: submit, map, with bounds
#include <tridem/pool/shutdown_mode.hpp>      // shutdown_mode: drain, cancel, kill
#include <tridem/pool/resolve.hpp>            // resolve: names of hosts become addresses
#include <tridem/pool/open_connection.hpp>    // open_connection: to a host by its name

// Other processes.
#include <tridem/pool/process_pool.hpp>       // process_pool: functions in worker processes
#include <tridem/pool/process.hpp>            // process: one function in a process of its own
#include <tridem/pool/process_options.hpp>    // process_options: limits, environment, program
#include <tridem/pool/remote.hpp>             // remote<T>: an object that lives in another process
#include <tridem/pool/codec.hpp>              // codec<T>: how a value crosses to another process
#include <tridem/pool/worker.hpp>             // cancel_requested: what a job asks while it runs
#include <tridem/pool/worker_limits.hpp>      // worker_limits: rlimits and sandboxes for workers
#include <tridem/pool/worker_call.hpp>        // in_worker: what a worker calls first and last
#include <tridem/pool/errors.hpp>             // worker_crashed, remote_error, ...
#include <tridem/pool/shared_memory.hpp>      // shared_memory: bytes that are not copied
#include <tridem/pool/shared_array.hpp>       // shared_array<T>

// Between processes: awaited in tasks, blocking in workers; pass them as arguments.
#include <tridem/pool/mp_queue.hpp>           // mp::queue<T>: many put, many take
#include <tridem/pool/mp_pipe.hpp>            // mp::pipe<T>: two ends, both directions
#include <tridem/pool/mp_value.hpp>           // mp::value<T>: one value and its lock
#include <tridem/pool/mp_array.hpp>           // mp::array<T>: several values and their lock
#include <tridem/pool/mp_mutex.hpp>           // mp::mutex: one process at a time
#include <tridem/pool/mp_semaphore.hpp>       // mp::semaphore: so many at a time
#include <tridem/pool/mp_event.hpp>           // mp::event: wait until something has happened
#include <tridem/pool/mp_condition.hpp>       // mp::condition: wait until something has become true
#include <tridem/pool/mp_barrier.hpp>         // mp::barrier: meet, and go on together
#include <tridem/pool/mp_errors.hpp>          // owner_died, broken_barrier

// clang-format on
