using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Serf.Posix;

/// <summary>
/// Prepares OpenSSL. A program that holds it must not read the host's configuration, which could name modules
/// to load: that breaks the ciphers of a static file. The first initialisation decides, so this one comes
/// before the first cipher. The shared library that the tests run on belongs to the host, and is left as it
/// is.
/// </summary>
internal static partial class Libcrypto
{
    private const ulong NoLoadConfig = 0x80;

    // The runtime would register every algorithm there is; most are left out (build/openssl-unused.ld).
    private const ulong NoAddAllCiphers = 0x10;
    private const ulong NoAddAllDigests = 0x20;

    // The runtime asks for this too: worker threads may still seal when the process ends.
    private const ulong NoAtExit = 0x80000;

    public static void Initialize()
    {
        if (!RuntimeFeature.IsDynamicCodeSupported)
        {
            _ = InitializeCrypto(NoAddAllCiphers | NoAddAllDigests | NoLoadConfig | NoAtExit, 0);
        }
    }

    [LibraryImport("libcrypto", EntryPoint = "OPENSSL_init_crypto")]
    private static partial int InitializeCrypto(ulong options, nint settings);
}
