# SPDX-License-Identifier: MIT
# The path of wcow.exe: in the module's folder or one of the two above it (a package, a module with its version for a
# folder), else on PATH. Looked for at each call, since tests and upgrades move it.
function Find-WcowTool {
    foreach ($folder in '.', '..', '../..') {
        $path = Join-Path (Join-Path $PSScriptRoot '..') (Join-Path $folder 'wcow.exe')
        if (Test-Path -LiteralPath $path -PathType Leaf) {
            return (Resolve-Path -LiteralPath $path).ProviderPath
        }
    }
    # Not by Get-Command, which finds no programs under Wine, and an alias or a function before a program elsewhere.
    foreach ($folder in $env:PATH.Split(';')) {
        $path = [IO.Path]::Combine($folder.Trim('"'), 'wcow.exe')
        if ($folder -and [IO.File]::Exists($path)) {
            return $path
        }
    }
    $message = "wcow.exe is neither beside the module ($(Split-Path $PSScriptRoot)) nor on PATH; install it, or add its folder to PATH"
    $problem = New-Object System.IO.FileNotFoundException $message
    throw (New-Object System.Management.Automation.ErrorRecord $problem, 'WcowNotInstalled', 'NotInstalled', 'wcow.exe')
}
